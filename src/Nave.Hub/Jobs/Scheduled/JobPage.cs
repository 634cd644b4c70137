using Nave.Api;

namespace Nave.Hub.Jobs;

/// <summary>A page of scheduled jobs.</summary>
/// <param name="Jobs">The jobs, in the order of their ids.</param>
/// <param name="Continuation">What gets the next page; <see langword="null"/> on the last one.</param>
public sealed record JobPage(IReadOnlyList<JobResponse> Jobs, string? Continuation);
