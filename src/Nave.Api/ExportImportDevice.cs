namespace Nave.Api;

/// <summary>One line of a bulk registry call, an import or an export.</summary>
public sealed record ExportImportDevice;
