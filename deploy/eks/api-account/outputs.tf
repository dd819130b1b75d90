output "api_role_arn" {
  description = "For aws_assume_role_arn of the routes, and for ../irsa or ../pod-identity."
  value       = aws_iam_role.api_caller.arn
}
