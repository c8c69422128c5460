output "alias_arn" {
  description = "ARN of the alias that callers use."
  value       = aws_sfn_alias.live.arn
}

output "alias_version_arn" {
  description = "ARN of the version that the alias points at."
  value       = one(aws_sfn_alias.live.routing_configuration).state_machine_version_arn
}

output "arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.workflow.arn
}

output "definition" {
  description = "The state machine's rendered definition."
  value       = aws_sfn_state_machine.workflow.definition
}

output "log_group_name" {
  description = "Log group of the runs."
  value       = aws_cloudwatch_log_group.workflow.name
}

output "name" {
  description = "Name of the state machine."
  value       = aws_sfn_state_machine.workflow.name
}

output "role_arn" {
  description = "Role of the state machine."
  value       = aws_iam_role.workflow.arn
}

output "seconds" {
  description = "Seconds that a run may take."
  value       = local.machine_seconds
}
