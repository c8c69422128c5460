variable "create_parameters" {
  description = "Whether the parameters are made here. false: another stack has made them."
  type        = bool
  nullable    = false
}

variable "parameter_prefix" {
  description = "Path under which the parameters stand: PREFIX/AGENT/arn."
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
