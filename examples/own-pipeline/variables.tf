variable "confirm_days" {
  description = "Days that a settlement waits to be confirmed."
  type        = number
  default     = 7
  nullable    = false
}

variable "environment" {
  description = "Environment, like dev."
  type        = string
  default     = "dev"
  nullable    = false
}

variable "runtime_arns" {
  description = "The AgentCore runtime that serves each agent, by the agent's name: claims-triage, liability-assessor, damage-assessor, settlement."
  type        = map(string)
  nullable    = false
}
