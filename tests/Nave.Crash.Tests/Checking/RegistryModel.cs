using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Checking;

/// <summary>The states that an identity may be in, as far as its one writer can know.</summary>
internal sealed class RegistryModel
{
    // An identity that is not there is null.
    private HashSet<Known?> _possible = [null];

    /// <summary>Takes a step into account.</summary>
    /// <returns>Why no possible state fits it, or <see langword="null"/>.</returns>
    public string? Apply(RegistryStep step)
    {
        var before = _possible;
        _possible = step.Outcome switch
        {
            Outcome.Unknown => [.. before, .. before.Where(state => CanRun(step, state)).Select(state => After(step, state))],
            Outcome.Acknowledged => [.. before.Where(state => CanRun(step, state) && Fits(step, state)).Select(state => After(step, state))],
            _ => [.. before.Where(state => CanRefuse(step, state))],
        };
        return _possible.Count > 0 ? null : $"'{step}' fits none of: {string.Join(" or ", before.Select(state => state?.ToString() ?? "not there"))}";
    }

    private static bool CanRun(RegistryStep step, Known? state) => step.Operation switch
    {
        RegistryOperation.Create => state is null,
        _ => state is not null && (step.IfMatch is null || state.ETag is null || state.ETag == step.IfMatch),
    };

    // What a reading says must be so; what a write says is so from then on.
    private static bool Fits(RegistryStep step, Known? state) =>
        step.Operation != RegistryOperation.Read
        || (state!.Marker == step.Marker
            && (state.ETag is null || state.ETag == step.ETag)
            && (state.GenerationId is null || state.GenerationId == step.GenerationId));

    private static bool CanRefuse(RegistryStep step, Known? state) => step.Status switch
    {
        404 => state is null && step.Operation != RegistryOperation.Create,
        409 => state is not null && step.Operation == RegistryOperation.Create,
        412 => state is not null && step.IfMatch is not null && (state.ETag is null || state.ETag != step.IfMatch),
        429 => true,
        _ => false,
    };

    private static Known? After(RegistryStep step, Known? state) => step.Operation switch
    {
        RegistryOperation.Delete => null,
        RegistryOperation.Read => state is null ? null : state with { ETag = step.ETag ?? state.ETag, GenerationId = step.GenerationId ?? state.GenerationId },
        RegistryOperation.Create => new Known(step.Marker, step.ETag, step.GenerationId),
        _ => new Known(step.Marker, step.ETag, step.GenerationId ?? state?.GenerationId),
    };

    /// <param name="Marker">The status reason.</param>
    /// <param name="ETag">The etag; <see langword="null"/> = not known.</param>
    /// <param name="GenerationId">The generation; <see langword="null"/> = not known.</param>
    private sealed record Known(string? Marker, string? ETag, string? GenerationId);
}
