using Handler.Snippets;

await Snippets.QuickStartAsync();
await Snippets.OutcomesAsync();
await Snippets.PoolsAsync();
await Snippets.RegisteredAsync();
await WebVisitor.VisitAsync();
