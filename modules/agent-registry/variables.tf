variable "create_parameters" {
  description = "Whether to create the parameters. false: they belong to another stack."
  type        = bool
  nullable    = false
}

variable "parameter_prefix" {
  description = "Path of the parameters: PREFIX/AGENT/arn."
  type        = string
  nullable    = false
}

variable "runtime_arns" {
  description = "The runtime ARN of each agent, by the agent's name."
  type        = map(string)
  nullable    = false
}

variable "tags" {
  description = "Tags of every parameter."
  type        = map(string)
  default     = {}
  nullable    = false
}
