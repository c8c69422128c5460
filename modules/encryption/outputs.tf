output "key_arn" {
  description = "ARN of the key. null with create_key = false."
  value       = one(aws_kms_key.this[*].arn)
}

output "key_policy" {
  description = "Policy that the key needs, whether it is created here or not."
  value       = data.aws_iam_policy_document.key.json
}
