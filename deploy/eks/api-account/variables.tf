variable "region" {
  description = "Region of the API."
  type        = string
  default     = "us-east-1"
}

variable "pod_role_arn" {
  description = "The pod's own role: output pod_role_arn of ../irsa or ../pod-identity. It has to exist: IAM refuses a principal that does not."
  type        = string
}

variable "pod_identity" {
  description = "Whether the pod's role comes by EKS Pod Identity, whose session tags the trust policy then has to allow."
  type        = bool
}

variable "api_role_name" {
  description = "Name of the role."
  type        = string
  default     = "orders-api-caller"
}

variable "api_id" {
  description = "Id of the API, the first label of its execute-api host name."
  type        = string
}

variable "stage" {
  description = "Stage of the API."
  type        = string
  default     = "prod"
}

variable "path" {
  description = "What may be called: a path without its first slash, * for any characters."
  type        = string
  default     = "orders/*"
}
