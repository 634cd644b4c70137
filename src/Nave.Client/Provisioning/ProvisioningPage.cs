namespace Nave.Client;

/// <summary>One page of a query to device provisioning.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items.</param>
/// <param name="Continuation">Gets the next page; <see langword="null"/> after the last.</param>
public sealed record ProvisioningPage<T>(IReadOnlyList<T> Items, string? Continuation);
