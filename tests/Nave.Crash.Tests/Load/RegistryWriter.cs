using System.Text;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>Creates, updates, deletes and reads identities that nobody else touches.</summary>
internal sealed class RegistryWriter(LoadContext context, string name, int identities) : ServiceActor(context, name)
{
    private readonly Dictionary<string, string> _etags = [];
    private int _count;

    protected override async Task<bool> StepAsync(HubLife life)
    {
        var id = $"{Name}-{Random.Next(identities)}";
        var operation = Random.Next(10) switch
        {
            < 3 => RegistryOperation.Create,
            < 6 => RegistryOperation.Update,
            < 8 => RegistryOperation.Read,
            _ => RegistryOperation.Delete,
        };
        var marker = operation is RegistryOperation.Create or RegistryOperation.Update ? $"{Name}-w{_count++}" : null;
        var ifMatch = Random.Next(2) == 0 ? _etags.GetValueOrDefault(id) : null;
        var path = $"devices/{id}";
        var body = marker is null ? default : Encoding.UTF8.GetBytes(
            $$$$"""{"deviceId":"{{{{id}}}}","status":"enabled","statusReason":"{{{{marker}}}}","authentication":{"type":"sas","symmetricKey":{"primaryKey":null,"secondaryKey":null}}}""");
        var reply = operation switch
        {
            RegistryOperation.Create => await life.Http.ServiceAsync(HttpMethod.Put, path, body),
            RegistryOperation.Update => await life.Http.ServiceAsync(HttpMethod.Put, path, body, ifMatch ?? "*"),
            RegistryOperation.Delete => await life.Http.ServiceAsync(HttpMethod.Delete, path, ifMatch: ifMatch ?? "*"),
            _ => await life.Http.ServiceAsync(HttpMethod.Get, path),
        };
        History.Registry.Enqueue(StepOf(life, id, operation, marker, ifMatch, reply));
        return operation == RegistryOperation.Create && reply.Outcome == Outcome.Acknowledged
            ? await CheckNewTwinAsync(life, id)
            : Answered(reply);
    }

    /// <summary>A new identity has a new twin, whatever an earlier one of its name had; then it gets something to leave behind.</summary>
    private async Task<bool> CheckNewTwinAsync(HubLife life, string id)
    {
        var twin = await life.Http.ServiceAsync(HttpMethod.Get, $"twins/{id}");
        if (Answered(twin) && (twin.Status != 200 || !TwinState.Parse(twin.Json()).IsSame(TwinState.New)))
        {
            History.Anomalies.Enqueue((id, $"the twin of a new identity is not new: {twin.Status} {Encoding.UTF8.GetString(twin.Body.Span)}"));
        }

        return Answered(twin) && Answered(await life.Http.ServiceAsync(
            HttpMethod.Patch, $"twins/{id}", Encoding.UTF8.GetBytes("{\"tags\":{\"left\":\"behind\"},\"properties\":{\"desired\":{\"d\":\"left\"}}}")));
    }

    private RegistryStep StepOf(HubLife life, string id, RegistryOperation operation, string? marker, string? ifMatch, HubReply reply)
    {
        var step = new RegistryStep(id, operation, reply.Outcome)
        {
            Marker = marker,
            IfMatch = operation is RegistryOperation.Update or RegistryOperation.Delete ? ifMatch : null,
            Status = reply.Status,
            Life = life.Number,
        };
        if (reply.Outcome != Outcome.Acknowledged || operation == RegistryOperation.Delete)
        {
            return step;
        }

        var identity = reply.Json();
        step = step with
        {
            ETag = identity.GetProperty("etag").GetString(),
            GenerationId = identity.GetProperty("generationId").GetString(),
            Marker = identity.GetProperty("statusReason").GetString(),
        };
        if (marker is not null && step.Marker != marker)
        {
            History.Anomalies.Enqueue((id, $"the write of {marker} was answered with {step.Marker}"));
        }

        _etags[id] = step.ETag!;
        return step;
    }
}
