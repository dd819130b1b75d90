import { API_HOST, BUCKET_HOST, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from './backends.ts';

/** Route configs that most tests use. */
export const workloadApi = {
  aws_region: 'us-east-1',
  aws_service: 'execute-api',
  override_target_host: API_HOST,
};

export const workloadBucket = {
  aws_region: 'eu-west-1',
  aws_service: 's3',
  credential_source: 'workload',
  aws_assume_role_arn: REPORTS_WORKLOAD_ROLE,
  override_target_host: BUCKET_HOST,
};

export const callerApi = {
  ...workloadApi,
  aws_assume_role_arn: ORDERS_CALLER_ROLE,
};
