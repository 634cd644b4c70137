using Nave.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
