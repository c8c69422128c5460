variable "alarms" {
  description = "As the module's."
  type        = map(number)
  default     = {}
  nullable    = false
}

variable "log_execution_data" {
  description = "As the module's."
  type        = bool
  nullable    = false
}

variable "log_level" {
  description = "As the module's."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "As the module's."
  type        = string
  default     = null
}

variable "runtime_arns" {
  description = "The AgentCore runtime that serves each agent, by the agent's name."
  type        = map(string)
  nullable    = false
}

variable "tags" {
  description = "As the module's."
  type        = map(string)
  default     = { Team = "Confirmations" }
  nullable    = false
}

variable "tracing" {
  description = "As the module's."
  type        = bool
  nullable    = false
}
