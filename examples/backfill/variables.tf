variable "documents_bucket_arn" {
  description = "Bucket that holds the confirmations."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment, like dev."
  type        = string
  default     = "dev"
  nullable    = false
}

variable "runtime_arns" {
  description = "The AgentCore runtime that serves each agent, by the agent's name."
  type        = map(string)
  nullable    = false
}
