output "alarm_arns" {
  description = "ARN of each alarm, by its name without the prefix; down is the one that combines others."
  value = merge(
    { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn },
    { down = aws_cloudwatch_composite_alarm.down.arn },
  )
}

output "alarm_topic_arn" {
  description = "Topic that the alarms tell. null: there is none."
  value       = one(aws_sns_topic.alarms[*].arn)
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
