# In a file of its own a JSONata expression has many lines; in a definition it is one, escaped as JSON.
locals {
  _lines = {
    for name, text in var.expressions : name => join(" ", compact([
      for line in split("\n", text) : replace(replace(trimspace(line), "\\", "\\\\"), "\"", "\\\"")
    ]))
  }
}
