# In the cluster's account: the pod's own role, tied to one service account by an association (EKS Pod Identity).
# The add-on eks-pod-identity-agent has to run in the cluster. docs/eks.md says in which order to apply what.

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

resource "aws_iam_role" "pod" {
  name = var.pod_role_name
  assume_role_policy = templatefile("${path.module}/trust.json.tftpl", {
    cluster_arn     = data.aws_eks_cluster.this.arn
    namespace       = var.namespace
    service_account = var.service_account
  })
}

# Both sides have to agree to a role in another account: this policy, and that role's trust policy. The session tags
# that EKS sets go along, which is what sts:TagSession is for, on both sides.
resource "aws_iam_role_policy" "assume_api_role" {
  name = "assume-api-role"
  role = aws_iam_role.pod.id
  policy = templatefile("${path.module}/assume.json.tftpl", {
    api_role_arn = var.api_role_arn
  })
}

resource "aws_eks_pod_identity_association" "this" {
  cluster_name    = data.aws_eks_cluster.this.name
  namespace       = var.namespace
  service_account = var.service_account
  role_arn        = aws_iam_role.pod.arn
}
