output "end_of_day_arn" {
  description = "ARN of the state machine, whose input is {\"documents\": [...]}, each an input of the workflow."
  value       = aws_sfn_state_machine.end_of_day.arn
}
