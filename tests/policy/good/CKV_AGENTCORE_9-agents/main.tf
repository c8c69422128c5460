resource "aws_cloudwatch_metric_alarm" "good" {
  alarm_name          = "pricing"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/Bedrock-AgentCore"
  metric_name         = "SystemErrors"
  dimensions = {
    Operation = "InvokeAgentRuntime"
    Name      = "pricing::DEFAULT"
    Resource  = var.runtime_arn
  }
}

resource "aws_cloudwatch_metric_alarm" "sessions" {
  alarm_name          = "sessions"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 2000
  period              = 60
  statistic           = "Maximum"
  namespace           = "AWS/Bedrock-AgentCore"
  metric_name         = "ActiveSessionCount"
  dimensions          = { Service = "AgentCore.Runtime" }
}

variable "runtime_arn" {
  type = string
}
