variable "region" {
  description = "Region of the cluster."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "Name of the EKS cluster."
  type        = string
}

variable "namespace" {
  description = "Namespace of the service account."
  type        = string
  default     = "orders"
}

variable "service_account" {
  description = "The one service account whose pods may take the role."
  type        = string
  default     = "orders-app"
}

variable "pod_role_name" {
  description = "Name of the pod's own role."
  type        = string
  default     = "orders-pod"
}

variable "api_role_arn" {
  description = "Role of the API's account that the pod assumes: output api_role_arn of ../api-account. It need not exist yet."
  type        = string
}
