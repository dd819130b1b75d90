output "pod_role_arn" {
  description = "For the service account's annotation, and for ../api-account."
  value       = aws_iam_role.pod.arn
}
