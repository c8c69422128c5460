variable "documents_bucket_arn" {
  description = "ARN of the bucket that holds the confirmations."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment, like dev."
  type        = string
  default     = "dev"
  nullable    = false
}

variable "parameter_prefix" {
  description = "Path of the other team's parameters: PREFIX/AGENT/arn."
  type        = string
  nullable    = false
}

variable "standby_runtime_arns" {
  description = "Runtimes that a parameter may be switched to, by the agent's name."
  type        = map(list(string))
  default     = {}
  nullable    = false
}
