output "agents" {
  description = "The runtimes in the form of the root module's input agents, by the agent's name: merge timeouts, retries and circuits into it."
  value = {
    for agent, runtime in var.runtimes : agent => {
      runtime_arn = aws_bedrockagentcore_agent_runtime.this[agent].agent_runtime_arn
      qualifier   = runtime.qualifier
      protocol    = runtime.protocol
      completion  = runtime.callback_state_machine == null ? "response" : "callback"
    }
  }

  # Endpoints exist before runs call them.
  depends_on = [aws_bedrockagentcore_agent_runtime_endpoint.this]
}

output "role_arns" {
  description = "Role of each runtime, by the agent's name."
  value       = { for agent, role in aws_iam_role.runtime : agent => role.arn }
}

output "versions" {
  description = "Latest version of each runtime, by the agent's name."
  value       = { for agent, runtime in aws_bedrockagentcore_agent_runtime.this : agent => runtime.agent_runtime_version }
}
