import * as awsCluster from './aws-cluster-rules.ts';
import * as body from './body-rules.ts';
import * as channel from './channel-rules.ts';
import * as config from './config-rules.ts';
import * as failingOpen from './failing-open-rules.ts';
import * as filterOrder from './filter-order-rules.ts';
import { signedHeaderEdited } from './header-rules.ts';
import * as host from './host-rules.ts';
import * as limit from './limit-rules.ts';
import * as mutation from './mutation-rules.ts';
import * as rewrite from './rewrite-rules.ts';
import type { Rule } from './rule.ts';
import * as signerCluster from './signer-cluster-rules.ts';

export { serverFileInvalid } from './config-rules.ts';
export type { Hit, Rule, Severity } from './rule.ts';

/** All that is looked for, in the order of the docs. */
export const RULES: readonly Rule[] = [
  config.serverFileInvalid,
  config.configInvalid,
  config.profileUnknown,
  config.routeNotConfigured,
  config.unsignedPass,
  host.clientChosenHost,
  host.openProxy,
  failingOpen.failureModeAllow,
  failingOpen.observabilityMode,
  failingOpen.requestHeadersSkipped,
  failingOpen.refusalsIgnored,
  failingOpen.headersHidden,
  failingOpen.metadataWithoutSigner,
  failingOpen.signedTwice,
  channel.channelMissing,
  channel.channelAsciiOnly,
  channel.channelWrongValue,
  channel.layerNotSent,
  rewrite.pathRewriteAfterSigning,
  rewrite.hostRewriteAfterSigning,
  rewrite.autoHostRewrite,
  signedHeaderEdited,
  filterOrder.filterBreaksSignature,
  filterOrder.filterMayBreakSignature,
  filterOrder.corsAfterSigner,
  filterOrder.dynamicForwardProxyFirst,
  mutation.mutationNotAllowed,
  mutation.mutationRulesMissing,
  mutation.mutationRulesWide,
  mutation.mutationsSilent,
  body.bodyMode,
  body.duplexTrailers,
  body.contentLengthDropped,
  body.streamingUpstream,
  body.checkBodyMissing,
  body.checkBodyPartial,
  body.checkBodyText,
  limit.bufferLimit,
  limit.pathNormalization,
  limit.messageTimeout,
  limit.routeCache,
  limit.repeatedRequest,
  signerCluster.signerClusterUnknown,
  signerCluster.signerClusterName,
  signerCluster.signerHttp2,
  signerCluster.signerHealthCheck,
  signerCluster.signerCircuitBreaker,
  signerCluster.signerBeyondLoopback,
  awsCluster.schemeWithoutTls,
  awsCluster.schemeOverTls,
  awsCluster.plainToHttpsPort,
  awsCluster.tlsWithoutSni,
  awsCluster.tlsUnverified,
  awsCluster.tlsNameUnchecked,
];
