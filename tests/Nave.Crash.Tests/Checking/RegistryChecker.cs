using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>
/// Follows each identity through the steps of its one writer. A step that was cut off leaves two states possible; each answer must fit one
/// of them, and so must what is read at the end.
/// </summary>
internal static class RegistryChecker
{
    private const string LifecycleEvents = "deviceLifecycleEvents";
    private const string Created = "createDeviceIdentity";

    public static IEnumerable<Violation> Check(RunHistory history, ReadBack stored)
    {
        var events = stored.Events.Where(line => line.Source == LifecycleEvents).ToLookup(line => line.DeviceId);
        return history.Registry.GroupBy(step => step.DeviceId).SelectMany(identity =>
            CheckSteps(identity.Key, [.. identity], stored.Identities.GetValueOrDefault(identity.Key))
                .Concat(CheckEvents(identity.Key, [.. identity], [.. events[identity.Key]], stored.Identities.GetValueOrDefault(identity.Key))));
    }

    private static IEnumerable<Violation> CheckSteps(string id, RegistryStep[] steps, StoredIdentity? final)
    {
        var model = new RegistryModel();
        for (var i = 0; i < steps.Length; i++)
        {
            if (model.Apply(steps[i]) is { } contradiction)
            {
                yield return new Violation(
                    ViolationKind.RegistryContradiction, id, contradiction, [.. steps.Take(i + 1).Select(step => step.ToString())]);
                yield break;
            }
        }

        var read = new RegistryStep(id, RegistryOperation.Read, final is null ? Outcome.Refused : Outcome.Acknowledged)
        {
            Status = final is null ? 404 : 200,
            Marker = final?.Marker,
            ETag = final?.ETag,
            GenerationId = final?.GenerationId,
        };
        if (model.Apply(read) is { } wrong)
        {
            yield return new Violation(
                ViolationKind.RegistryContradiction, id, "at the end, " + wrong, [.. steps.Select(step => step.ToString()), read.ToString()]);
        }
    }

    private static IEnumerable<Violation> CheckEvents(string id, RegistryStep[] steps, StoredLine[] lines, StoredIdentity? final)
    {
        string[] log = [.. steps.Select(step => step.ToString()), .. lines.Select(line => $"{line.SequenceNumber}: {line.Operation} generation {line.GenerationId}")];

        // 1. Births and deaths take turns; a generation lives once.
        string? alive = null;
        var seen = new HashSet<string>();
        foreach (var line in lines)
        {
            var isCreation = line.Operation == Created;
            var generation = line.GenerationId ?? "";
            if (isCreation ? alive is not null || !seen.Add(generation) : alive != generation)
            {
                yield return new Violation(
                    ViolationKind.LifecycleEvents, id, $"{line.Operation} of generation {generation} follows while generation {alive ?? "none"} lives", log);
                yield break;
            }

            alive = isCreation ? generation : null;
        }

        // 2. They end where the registry is.
        if (alive != final?.GenerationId)
        {
            yield return new Violation(
                ViolationKind.LifecycleEvents, id, $"generation {alive ?? "none"} lives by the events, {final?.GenerationId ?? "none"} by the registry", log);
        }

        // 3. They are as many as the writer knows of.
        foreach (var (operation, count) in new[]
        {
            (RegistryOperation.Create, lines.Count(line => line.Operation == Created)),
            (RegistryOperation.Delete, lines.Count(line => line.Operation != Created)),
        })
        {
            var least = steps.Count(step => step.Operation == operation && step.Outcome == Outcome.Acknowledged);
            var most = least + steps.Count(step => step.Operation == operation && step.Outcome == Outcome.Unknown);
            if (count < least || count > most)
            {
                yield return new Violation(ViolationKind.LifecycleEvents, id, $"{count} events of {operation}, where {least} to {most} took effect", log);
            }
        }

        foreach (var step in steps.Where(step => step is { Operation: RegistryOperation.Create, Outcome: Outcome.Acknowledged, GenerationId: not null }))
        {
            if (!seen.Contains(step.GenerationId!))
            {
                yield return new Violation(ViolationKind.LifecycleEvents, id, $"the creation of generation {step.GenerationId} has no event", log);
            }
        }
    }
}
