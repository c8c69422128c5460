variable "agents" {
  description = "Settings of the agents, by name, as the module's."
  type = map(object({
    protocol          = optional(string)
    completion        = optional(string)
    heartbeat_seconds = optional(number)
    timeout_seconds   = optional(number)
    call_seconds      = optional(number)
    circuit_breaker   = optional(object({ failure_threshold = optional(number) }))
  }))
  default  = { pdf-adapter = {}, trade-extraction = {}, trade-matching = {}, exception-management = {} }
  nullable = false
}

variable "backfill" {
  description = "How many documents a backfill has at work at once. null: there is no backfill."
  type        = number
  default     = null
}

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

variable "uploads" {
  description = "Whether uploads start runs."
  type        = bool
  default     = false
  nullable    = false
}

variable "workflow_type" {
  description = "As the module's."
  type        = string
  default     = "EXPRESS"
}
