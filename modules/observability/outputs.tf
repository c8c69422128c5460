output "alarm_arns" {
  description = "ARN of each alarm, by its name without the prefix; down is the one that combines others."
  value = merge(
    { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn },
    { down = aws_cloudwatch_composite_alarm.down.arn },
  )
}

output "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify. null with create_alarm_topic = false."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
