namespace Nave.Fleet.Recovery;

/// <summary>Compares two registries whole, in constant memory.</summary>
internal static class RegistryComparison
{
    private const int MaxProblems = 1000;

    public static async Task<DrillRegistry> RunAsync(HubRegistry source, HubRegistry target, CancellationToken cancellationToken)
    {
        var problems = new List<CloneProblem>();
        var (identities, differences, extra) = (0L, 0L, 0L);
        var pairs = RegistryOrder.MergeAsync(
            SortedRegistry.ReadAsync(source, withKeys: true, cancellationToken), SortedRegistry.ReadAsync(target, withKeys: true, cancellationToken), cancellationToken);
        await foreach (var (id, line, there) in pairs.ConfigureAwait(false))
        {
            if (line is null)
            {
                extra++;
                continue;
            }

            identities++;
            if (there is null)
            {
                Add(new CloneProblem(id.ToString(), $"'{target.HostName}' does not have it."));
            }
            else if (RegistryMarks.Of(line).DifferencesFrom(RegistryMarks.Of(there)) is { Count: > 0 } parts)
            {
                Add(new CloneProblem(
                    id.ToString(), $"'{target.HostName}' has another {string.Join(", ", parts.Select(part => part.ToString().ToLowerInvariant()))}."));
            }
        }

        foreach (var problem in await new ConfigurationCopier(source.Client, target.Client).VerifyAsync(cancellationToken).ConfigureAwait(false))
        {
            Add(problem);
        }

        return new DrillRegistry { Identities = identities, Differences = differences, Extra = extra, Problems = problems };

        void Add(CloneProblem problem)
        {
            differences++;
            if (problems.Count < MaxProblems)
            {
                problems.Add(problem);
            }
        }
    }
}
