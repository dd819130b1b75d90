import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../scripts/venv.ts';
import { readServiceAccount } from './support/manifests.ts';
import { API_ROLE, NAMESPACE, POD_ROLE, SERVICE_ACCOUNT, SUBJECT } from './support/pod.ts';
import { DEPLOY, FOLDERS, type Module, placeholders, policyStatement, readModule } from './support/terraform.ts';

const INSTALL_MS = 300_000;
// `version` would ask for a newer one.
const terraform = await run('terraform', ['fmt', '-help']);
const accountOf = (arn: string) => arn.split(':')[4];
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

describe.each(FOLDERS)('deploy/eks/%s', (folder) => {
  let module: Module;
  beforeAll(async () => {
    module = await readModule(folder);
  }, INSTALL_MS);

  it('declares every variable that it uses, and uses every one', () => {
    expect(module.usedVariables).toEqual(new Set(module.variables.keys()));
  });

  it('refers to nothing that it does not declare', () => {
    expect(module.usedObjects.size).toBeGreaterThan(0);
    expect([...module.usedObjects].filter((name) => !module.objects.has(name))).toEqual([]);
  });

  it('fills in its policies, each a document that JSON and IAM can read', () => {
    expect(module.templates.size).toBe(2);
    for (const [template, given] of module.templates) {
      expect(placeholders(folder, template).toSorted()).toEqual(given.toSorted());
      const values = given.map((name) => [name, name === 'actions' ? '["sts:AssumeRole"]' : `some-${name}`]);
      expect(policyStatement(folder, template, Object.fromEntries(values)).Effect).toBe('Allow');
    }
  });
});

describe.each(['irsa', 'pod-identity'] as const)('the names of deploy/eks/%s', (variant) => {
  it('are those of the manifests and of the tests', async () => {
    const { variables } = await readModule(variant);
    const { name, namespace, annotations } = readServiceAccount(variant);
    const defaults = (key: string) => variables.get(key)?.default;
    expect([defaults('namespace'), defaults('service_account')]).toEqual([namespace, name]);
    expect([namespace, name]).toEqual([NAMESPACE, SERVICE_ACCOUNT]);
    expect(defaults('pod_role_name')).toBe(nameOf(POD_ROLE));
    expect(annotations['eks.amazonaws.com/role-arn']).toBe(variant === 'irsa' ? POD_ROLE : undefined);
  });
});

describe('the policies', () => {
  const serviceAccount = { namespace: NAMESPACE, service_account: SERVICE_ACCOUNT };

  it('of IRSA trust the tokens that the service account gets', () => {
    const values = { oidc_provider_arn: 'arn:provider', oidc_issuer: 'oidc.example/id/1', ...serviceAccount };
    const { 'eks.amazonaws.com/audience': audience } = readServiceAccount('irsa').annotations;
    expect(policyStatement('irsa', 'trust.json.tftpl', values)).toEqual({
      ...{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: 'arn:provider' } },
      Condition: { StringEquals: { 'oidc.example/id/1:sub': SUBJECT, 'oidc.example/id/1:aud': audience } },
    });
  });

  it('of Pod Identity trust EKS for the one service account, and it is the one of the association', async () => {
    const values = { cluster_arn: 'arn:cluster', ...serviceAccount };
    expect(policyStatement('pod-identity', 'trust.json.tftpl', values)).toEqual({
      ...{ Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' } },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Condition: {
        StringEquals: {
          'aws:RequestTag/eks-cluster-arn': 'arn:cluster',
          'aws:RequestTag/kubernetes-namespace': NAMESPACE,
          'aws:RequestTag/kubernetes-service-account': SERVICE_ACCOUNT,
        },
      },
    });
    const { objects } = await readModule('pod-identity');
    expect(objects.get('aws_eks_pod_identity_association.this')).toMatchObject({
      namespace: `\${var.namespace}`,
      service_account: `\${var.service_account}`,
      role_arn: `\${aws_iam_role.pod.arn}`,
    });
  });

  it('allow the second role on both sides, with session tags where Pod Identity sets them', async () => {
    const assume = (folder: 'irsa' | 'pod-identity') =>
      policyStatement(folder, 'assume.json.tftpl', { api_role_arn: API_ROLE });
    expect(assume('irsa')).toEqual({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: API_ROLE });
    expect(assume('pod-identity').Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    const { objects, variables } = await readModule('api-account');
    expect(JSON.stringify(objects.get('aws_iam_role.api_caller'))).toContain(
      JSON.stringify('var.pod_identity ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"]').slice(1, -1),
    );
    expect(variables.get('api_role_name')?.default).toBe(nameOf(API_ROLE));
    expect(accountOf(API_ROLE)).not.toBe(accountOf(POD_ROLE));
  });

  it('let the role call the API, all methods of one path of one stage', async () => {
    const { variables } = await readModule('api-account');
    const defaults = (name: string) => String(variables.get(name)?.default);
    const values = { api_arn: 'arn:api', stage: defaults('stage'), path: defaults('path') };
    expect(policyStatement('api-account', 'invoke.json.tftpl', values)).toEqual({
      ...{ Effect: 'Allow', Action: 'execute-api:Invoke' },
      Resource: 'arn:api/prod/*/orders/*',
    });
  });
});

it.skipIf(!terraform.ok)('is formatted as `terraform fmt` does (skips where there is no terraform)', async () => {
  const { ok, output } = await run('terraform', ['fmt', '-check', '-diff', '-recursive', DEPLOY]);
  expect(output).not.toMatch(/^[-+]/m);
  expect(ok).toBe(true);
});
