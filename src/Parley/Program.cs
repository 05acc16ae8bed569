using Microsoft.AspNetCore.Builder;
using Parley.Server.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddEnvironmentVariables("PARLEY_");
builder.AddParley();
await using var app = builder.Build();
app.UseParley();
await app.RunAsync();
