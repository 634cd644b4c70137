using System.Diagnostics.CodeAnalysis;
using Nave.Api;

namespace Nave.Hub;

/// <summary>The outcome of a hub call: a value, or an expected error that each head maps to its wire.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct HubResult<T>
{
    private HubResult(T? value, HubError? error)
    {
        Value = value;
        Error = error;
    }

    /// <summary>Gets the value; only meaningful when <see cref="IsSuccess"/>.</summary>
    public T? Value { get; }

    /// <summary>Gets the error, or <see langword="null"/>.</summary>
    public HubError? Error { get; }

    /// <summary>Gets a value indicating whether the call succeeded.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>Wraps a value.</summary>
    public static implicit operator HubResult<T>(T value) => new(value, null);

    /// <summary>Wraps an error.</summary>
    public static implicit operator HubResult<T>(HubError error) => new(default, error);
}
