namespace Nave.Api;

/// <summary>What became of lines that were written to a registry (Nave only).</summary>
public sealed record RegistryWriteResult
{
    /// <summary>Gets how many lines were applied.</summary>
    public int Applied { get; init; }

    /// <summary>Gets those that were not, in the order of the lines; a twin that was refused is one too, though its identity was applied.</summary>
    public IReadOnlyList<RegistryWriteError> Errors { get; init; } = [];
}
