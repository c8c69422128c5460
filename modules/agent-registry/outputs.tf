output "parameter_arns" {
  description = "ARN of each agent's parameter, by the agent's name."
  value       = { for agent, name in local._names : agent => try(aws_ssm_parameter.runtime_arn[agent].arn, "${local._parameters}${name}") }
}

output "parameter_names" {
  description = "Name of each agent's parameter, by the agent's name."
  value       = { for agent, name in local._names : agent => try(aws_ssm_parameter.runtime_arn[agent].name, name) }
}
