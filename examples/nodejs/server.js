const polka = require('polka');

polka()
  .get('/', (request, response) => {
    console.log(`GET ${request.url}`);
    response.end(`Powered by ${process.env.POWERED_BY || 'Deis'}\n`);
  })
  .listen(process.env.PORT);
