# In the API's account: the role that signs the calls, which the pod's role may assume and nobody else.
# The API needs no resource policy for it: caller and API are of the same account then. docs/eks.md has the details.

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

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

resource "aws_iam_role" "api_caller" {
  name = var.api_role_name
  assume_role_policy = templatefile("${path.module}/trust.json.tftpl", {
    pod_role_arn = var.pod_role_arn
    actions      = jsonencode(var.pod_identity ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"])
  })
}

resource "aws_iam_role_policy" "invoke" {
  name = "invoke-api"
  role = aws_iam_role.api_caller.id
  policy = templatefile("${path.module}/invoke.json.tftpl", {
    api_arn = "arn:${data.aws_partition.this.partition}:execute-api:${var.region}:${data.aws_caller_identity.this.account_id}:${var.api_id}"
    stage   = var.stage
    path    = var.path
  })
}
