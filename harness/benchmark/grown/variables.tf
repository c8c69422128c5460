variable "instances" {
  description = "How many instances."
  type        = number
  nullable    = false
}

variable "runtime_arns" {
  description = "The AgentCore runtime that serves each agent, by the agent's name."
  type        = map(string)
  nullable    = false
}
