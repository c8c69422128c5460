output "parameter_arns" {
  description = "ARN of each agent's parameter, by the agent's name."
  value       = { for agent, parameter in aws_ssm_parameter.runtime_arn : agent => parameter.arn }
}

output "parameter_names" {
  description = "Name of each agent's parameter, by the agent's name."
  value       = { for agent, parameter in aws_ssm_parameter.runtime_arn : agent => parameter.name }
}
