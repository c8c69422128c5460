output "role_arn" {
  description = "ARN of the role of the state machine."
  value       = aws_iam_role.backfill.arn
}

output "state_machine_arn" {
  description = "ARN of the state machine. Its input has a prefix, or an inventory, and optionally a bucket and rehearsal."
  value       = aws_sfn_state_machine.backfill.arn
}
