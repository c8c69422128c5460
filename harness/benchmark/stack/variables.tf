variable "max_concurrent_documents" {
  description = "As the module's."
  type        = number
  default     = null
}

variable "runtime_arns" {
  description = "The AgentCore runtime that serves each agent, by the agent's name."
  type        = map(string)
  nullable    = false
}
