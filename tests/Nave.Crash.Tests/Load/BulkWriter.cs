using System.Text;
using System.Text.Json;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Creates, updates and deletes identities in bulk that nobody else touches. Of a call that is cut off, each part may have happened.</summary>
internal sealed class BulkWriter(LoadContext context, string name, int identities) : ServiceActor(context, name)
{
    private static readonly string[] s_modes = ["create", "update", "delete"];

    private int _count;

    protected override int MaxPause => 60;

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var chosen = Enumerable.Range(0, identities).OrderBy(_ => Random.Next()).Take(Random.Next(2, identities + 1));
        var steps = chosen.Select(i =>
        {
            var operation = Random.Next(3) switch { 0 => RegistryOperation.Create, 1 => RegistryOperation.Update, _ => RegistryOperation.Delete };
            return new RegistryStep($"{Name}-{i}", operation, Outcome.Unknown)
            {
                Marker = operation == RegistryOperation.Delete ? null : $"{Name}-w{_count++}",
                Life = life.Number,
            };
        }).ToArray();
        var body = "[" + string.Join(",", steps.Select(BodyOf)) + "]";
        var reply = await life.Http.ServiceAsync(HttpMethod.Post, "devices", Encoding.UTF8.GetBytes(body));
        var failures = FailuresOf(reply);
        foreach (var step in steps)
        {
            var status = failures is null ? 0 : failures.GetValueOrDefault(step.DeviceId, 200);
            History.Registry.Enqueue(step with
            {
                Status = status,
                Outcome = status switch { 0 => Outcome.Unknown, 200 => Outcome.Acknowledged, >= 400 and < 500 => Outcome.Refused, _ => Outcome.Unknown },
            });
        }

        return Answered(reply);
    }

    private static string BodyOf(RegistryStep step) => step.Operation == RegistryOperation.Delete
        ? $$"""{"id":"{{step.DeviceId}}","importMode":"delete"}"""
        : $$"""{"id":"{{step.DeviceId}}","importMode":"{{s_modes[(int)step.Operation]}}","status":"enabled","statusReason":"{{step.Marker}}"}""";

    /// <summary>Reads what failed, by device and HTTP status; <see langword="null"/> = nobody knows.</summary>
    private Dictionary<string, int>? FailuresOf(HubReply reply)
    {
        if (reply.Status is not (200 or 400))
        {
            return null;
        }

        var json = reply.Json();
        if (!json.TryGetProperty("errors", out var errors))
        {
            History.Anomalies.Enqueue((Name, $"a bulk call was refused with {reply.Status}"));
            return null;
        }

        return errors.EnumerateArray().ToDictionary(error => error.GetProperty("deviceId").GetString()!, StatusOf);
    }

    private static int StatusOf(JsonElement error)
    {
        var code = error.GetProperty("errorCode");
        return (code.ValueKind == JsonValueKind.Number ? code.GetRawText() : code.GetString()) switch
        {
            "DeviceAlreadyExists" or "409001" => 409,
            "DeviceNotFound" or "404001" => 404,
            "PreconditionFailed" or "412001" => 412,
            _ => 500,
        };
    }
}
