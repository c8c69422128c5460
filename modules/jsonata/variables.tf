variable "expressions" {
  description = "JSONata by names of yours, each of any number of lines."
  type        = map(string)
  nullable    = false
}
