output "json" {
  description = "The policy, as the beginning of the role's own."
  value       = data.aws_iam_policy_document.this.json
}
