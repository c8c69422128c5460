# AWS/Bedrock-AgentCore emits Throttles with the dimensions Name, Operation, Resource or Method, Name, Operation, Protocol, Resource, not Resource.
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "pricing"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/Bedrock-AgentCore"
  metric_name         = "Throttles"
  dimensions          = { Resource = var.runtime_arn }
}

variable "runtime_arn" {
  type = string
}
