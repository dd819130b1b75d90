# In the cluster's account: the pod's own role, for the tokens of one service account (IRSA).
# docs/eks.md says in which order to apply what.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.31"
    }
  }
}

provider "aws" {
  region = var.region
}

data "aws_eks_cluster" "this" {
  name = var.cluster_name
}

# One for each cluster; docs/eks.md has the command that creates it.
data "aws_iam_openid_connect_provider" "cluster" {
  url = data.aws_eks_cluster.this.identity[0].oidc[0].issuer
}

resource "aws_iam_role" "pod" {
  name = var.pod_role_name
  assume_role_policy = templatefile("${path.module}/trust.json.tftpl", {
    oidc_provider_arn = data.aws_iam_openid_connect_provider.cluster.arn
    oidc_issuer       = replace(data.aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://", "")
    namespace         = var.namespace
    service_account   = var.service_account
  })
}

# Both sides have to agree to a role in another account: this policy, and that role's trust policy.
resource "aws_iam_role_policy" "assume_api_role" {
  name = "assume-api-role"
  role = aws_iam_role.pod.id
  policy = templatefile("${path.module}/assume.json.tftpl", {
    api_role_arn = var.api_role_arn
  })
}
