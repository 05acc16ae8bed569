using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using Parley.Server.Access;

namespace Parley.Server.Web;

/// <summary>
/// Which problems an operation may answer, told from its shape (a body, a query, an id) and its metadata, so that no endpoint lists
/// them by hand and none is forgotten.
/// </summary>
internal static class ApiProblems
{
    /// <summary>Adds what is not described yet; an endpoint's own words for a status stay.</summary>
    public static void Describe(OpenApiOperation operation, IList<object> metadata, OpenApiDocument? document)
    {
        foreach (var problems in Of(operation, metadata).Distinct().GroupBy(code => code.Status))
        {
            var status = FormattableString.Invariant($"{problems.Key}");
            var words = string.Join("; ", problems.Select(code => $"`{code.Code}`: {code.Title}"));
            if ((operation.Responses ??= []).TryGetValue(status, out var declared) && declared is OpenApiResponse known)
            {
                // "Not Found" is nobody's own words.
                known.Description = IsUsual(known.Description, problems.Key) ? words : known.Description;
                continue;
            }

            operation.Responses.TryAdd(
                status,
                new OpenApiResponse
                {
                    Description = words,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        ["application/problem+json"] = new()
                        {
                            Schema = new OpenApiSchemaReference("ProblemDetails", document),
                        },
                    },
                }
            );
        }
    }

    private static bool IsUsual(string? description, int status) =>
        string.IsNullOrEmpty(description)
        || string.Equals(description, ReasonPhrases.GetReasonPhrase(status), StringComparison.Ordinal);

    private static List<ProblemCode> Of(OpenApiOperation operation, IList<object> metadata)
    {
        var codes = new List<ProblemCode> { ProblemCodes.Overloaded };
        if (metadata.OfType<RequiredScope>().Any())
        {
            codes.AddRange([
                ProblemCodes.Unauthenticated,
                ProblemCodes.Forbidden,
                ProblemCodes.RateLimited,
                // Of whoever tries keys.
                ProblemCodes.TooManyRequests,
            ]);
        }

        if (operation.RequestBody is not null)
        {
            codes.AddRange([
                ProblemCodes.Invalid,
                ProblemCodes.MalformedJson,
                ProblemCodes.NotSupported,
                ProblemCodes.TooLarge,
                ProblemCodes.UnsupportedMediaType,
            ]);
        }

        var parameters = operation.Parameters ?? [];
        if (parameters.Any(parameter => parameter.In == ParameterLocation.Query))
        {
            codes.Add(ProblemCodes.Invalid);
        }

        if (parameters.Any(parameter => parameter.In == ParameterLocation.Path))
        {
            codes.Add(ProblemCodes.NotFound);
        }

        if (parameters.Any(parameter => parameter.Name is "meetingId" or "arrangementId"))
        {
            codes.Add(ProblemCodes.MeetingNotFound);
        }

        // Declared by the endpoint: what stands in the way is told by its detail.
        if (operation.Responses?.ContainsKey("409") == true)
        {
            codes.Add(ProblemCodes.Conflict);
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            codes.AddRange([ProblemCodes.Invalid, ProblemCodes.KeyReused, ProblemCodes.KeyInProgress]);
        }

        if (metadata.OfType<TakesIfMatch>().Any())
        {
            codes.Add(ProblemCodes.PreconditionFailed);
        }

        codes.AddRange(metadata.OfType<OperationTrait>().SelectMany(trait => trait.Codes));
        return codes;
    }
}
