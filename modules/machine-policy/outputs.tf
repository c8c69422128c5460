output "json" {
  description = "Policy that the roles of all state machines have in common, as JSON."
  value       = data.aws_iam_policy_document.this.json
}
