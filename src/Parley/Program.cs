using Parley;

return await Verbs.Root().Parse(args).InvokeAsync();
