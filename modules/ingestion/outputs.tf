output "rule_arn" {
  description = "ARN of the rule that starts runs."
  value       = aws_cloudwatch_event_rule.uploads.arn
}
