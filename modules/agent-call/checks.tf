# What a plan finds wrong in the contracts. Terraform cannot read JSONata: it sees what does not close or breaks off, and asl-lint
# finds the rest in the rendered definition.

locals {
  _expressions = merge({}, [
    for name, agent in var.agents : merge(
      { for field, text in agent.receives : "${name}.receives.${field}" => text },
      { for field, text in agent.returns : "${name}.returns.${field}" => text },
      { for field, text in agent.assigns : "${name}.assigns.${field}" => text },
      { for place, text in coalesce(agent.idempotency, []) : "${name}.idempotency.${place}" => text },
    )
  ]...)

  # Strings, quoted names, comments and regular expressions may hold anything.
  _bare = {
    for place, text in local._expressions : place =>
    replace(text, "/'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|/\\*(?s:.)*?\\*/|([(,]\\s*)/(?:[^/\\\\]|\\\\.)+/[im]*/", "$${1}0")
  }

  _no_jsonata = [
    for place, bare in local._bare : place if anytrue(concat(
      [for pattern in [
        "^\\s*$",                                           # nothing
        "['\"`]|/\\*",                                      # does not close
        "==|&&|\\|\\|",                                     # of another language: = and or
        "(?:[-+/=<>&^?:.,]|[^A-Za-z0-9_$](?:and|or))\\s*$", # breaks off
        "^\\s*(?:[=<>&?:.,)\\]}]|\\{%)",                    # begins in the middle, or with what encloses it in a definition
      ] : can(regex(pattern, bare))],
      [for pair in [["\\(", "\\)"], ["\\[", "\\]"], ["\\{", "\\}"]] : length(regexall(pair[0], bare)) != length(regexall(pair[1], bare))],
    ))
  ]

  _not_returned = distinct(flatten([
    for name, agent in var.agents : [
      for field, text in agent.assigns : [
        for read in regexall("\\$reply\\.([A-Za-z_][A-Za-z0-9_]*)", text) : "${name}.assigns.${field} reads $reply.${read[0]}" if !contains(keys(agent.returns), read[0])
      ]
    ]
  ]))

  _states    = [for name, agent in var.agents : coalesce(agent.state, name)]
  _ambiguous = distinct([for state in local._states : state if length([for one in local._states : one if one == state]) > 1])

  # A branch may not assign a name that a scope around it assigns: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
  _own_variables = concat(
    ["alone", "at_work", "attempt", "call", "circuit", "kept", "payload", "runtime", "session", "states", "task", "verdict"],
    var.resumable ? ["steps", "stop", "work"] : [],
  )
  _taken = flatten([for name, agent in var.agents : [for field in keys(agent.assigns) : "${name}.assigns.${field}" if contains(local._own_variables, field)]])
}
