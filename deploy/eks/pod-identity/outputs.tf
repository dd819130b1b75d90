output "pod_role_arn" {
  description = "For ../api-account."
  value       = aws_iam_role.pod.arn
}
