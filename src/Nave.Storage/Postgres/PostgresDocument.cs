namespace Nave.Storage.Postgres;

/// <summary>A document that a batch touches: as the server has it, and as the batch leaves it.</summary>
internal sealed class PostgresDocument(string collection, string key)
{
    public string Collection { get; } = collection;

    public string Key { get; } = key;

    /// <summary>Gets or sets the version that the server has, <see cref="StateTransaction.Absent"/> for none.</summary>
    public long StoredVersion { get; private set; }

    /// <summary>Gets or sets the terms that the server has, as a <see cref="TermList"/>.</summary>
    public byte[] StoredTerms { get; private set; } = [];

    /// <summary>Gets the version now, <see cref="StateTransaction.Absent"/> for none.</summary>
    public long Version { get; private set; }

    public byte[] Terms { get; private set; } = [];

    public ReadOnlyMemory<byte> Body { get; private set; }

    public bool IsChanged { get; private set; }

    public void Found(long version, byte[] terms) => (StoredVersion, StoredTerms, Version, Terms) = (version, terms, version, terms);

    /// <summary>Writes it. Terms that are <see langword="null"/> stay as they are; a document that is made has none then.</summary>
    public void Put(long version, ReadOnlyMemory<byte> body, byte[]? terms) =>
        (Version, Body, Terms, IsChanged) = (version, body, terms ?? Terms, true);

    public void Delete()
    {
        if (Version != StateTransaction.Absent)
        {
            (Version, Body, Terms, IsChanged) = (StateTransaction.Absent, default, [], true);
        }
    }
}
