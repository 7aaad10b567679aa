"""HTTP: routes, authentication, permission, and the shape of questions and answers."""
