using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Queries;
using Nave.Hub.Twins;

namespace Nave.Hub.Jobs;

/// <summary>Checks what a caller asks a scheduled job to be.</summary>
internal static class ScheduledJobRequest
{
    // Azure's limit.
    private const int MaxIdLength = 64;

    // As long as its history is kept.
    private const long MaxSeconds = 30L * 24 * 3600;

    private static readonly SearchValues<char> s_idCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Makes the job.</summary>
    /// <returns>The job, queued; or 400004 with what is permitted.</returns>
    public static HubResult<ScheduledJob> Read(string id, JobRequest request, DateTimeOffset now)
    {
        if (id.Length is 0 or > MaxIdLength || id.AsSpan().ContainsAnyExcept(s_idCharacters))
        {
            return Invalid($"The job id has {id.Length} characters; 1 to {MaxIdLength} ASCII letters, digits, '-', '_' and '.' are permitted.");
        }

        if (!string.IsNullOrEmpty(request.JobId) && request.JobId != id)
        {
            return Invalid("The body and the path name different jobs; they must be the same.");
        }

        if (request.MaxExecutionTimeInSeconds is < 1 or > MaxSeconds)
        {
            return Invalid($"maxExecutionTimeInSeconds is {request.MaxExecutionTimeInSeconds}; 1 to {MaxSeconds} is permitted.");
        }

        var wrong = request.Type switch
        {
            JobType.ScheduleDeviceMethod => request.CloudToDeviceMethod is { } method ? method.Validate() : Invalid("cloudToDeviceMethod is missing; a job of the type scheduleDeviceMethod needs one."),
            JobType.ScheduleUpdateTwin => CheckTwin(request.UpdateTwin),
            _ => Invalid($"type is '{WireNames.Of(request.Type)}'; scheduleDeviceMethod and scheduleUpdateTwin are permitted."),
        };
        if (wrong is not null)
        {
            return wrong;
        }

        if (!TryReadCondition(request.QueryCondition, out _, out var error))
        {
            return error;
        }

        return new ScheduledJob
        {
            Id = id,
            Request = request,
            Status = JobStatus.Queued,
            Created = now,
            Start = request.StartTime is { } start && start > now ? start : now,
        };
    }

    /// <summary>Makes a query of what a job is aimed at.</summary>
    public static bool TryReadCondition(string? condition, [NotNullWhen(true)] out HubQuery? query, [NotNullWhen(false)] out HubError? error)
    {
        query = null;
        error = null;
        if (string.IsNullOrWhiteSpace(condition))
        {
            error = Invalid("queryCondition is missing; '*', a condition such as \"tags.site = 'rome'\", or 'FROM devices.modules WHERE …' is needed.");
            return false;
        }

        if (QueryParser.TryParseTarget(condition, out var target, out var wrong))
        {
            // What stands alone as a target, and nothing else, may follow a WHERE.
            var text = target.Where is null ? $"SELECT * FROM {CollectionNames.Get(target.Source)}"
                : condition.AsSpan().TrimStart().StartsWith("FROM", StringComparison.OrdinalIgnoreCase) ? "SELECT * " + condition
                : "SELECT * FROM devices WHERE " + condition;
            if (HubQuery.TryParse(text, out query, out wrong))
            {
                return true;
            }
        }

        error = Invalid($"queryCondition: {wrong.Message}");
        return false;
    }

    /// <summary>Gets the etag that twins must have, or <c>*</c>.</summary>
    public static string EtagOf(RawJson twin)
    {
        using var document = twin.ToDocument();
        return document.RootElement.TryGetProperty("etag"u8, out var etag) && etag.ValueKind == JsonValueKind.String && etag.GetString() is { Length: > 0 } text ? text : "*";
    }

    private static HubError? CheckTwin(RawJson twin)
    {
        if (twin.IsUndefined || twin.IsNull)
        {
            return Invalid("updateTwin is missing; a job of the type scheduleUpdateTwin needs one.");
        }

        return TwinRequest.TryRead(twin.Utf8, out _, out var error) ? null : new HubError(error.Code, $"updateTwin: {error.Message}");
    }

    private static HubError Invalid(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
