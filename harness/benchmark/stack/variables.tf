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
